"""Builds, trains and exports the PyTorch networks of training/foreign/testdata, and what PyTorch predicts.

Made with torch 2.14.1, litert-torch 0.10. FEATURES names a folder of bands x frames in dB (.npy, as auscult
features writes them), OUT where to write:
    FEATURES=feat OUT=out python build/oracle/training/foreign_torch.py all onnx
"""
import os,sys,warnings,glob,traceback; warnings.filterwarnings('ignore')
import numpy as np, torch, torch.nn as nn, torch.nn.functional as F
torch.manual_seed(7); torch.set_num_threads(1)
O=os.environ.get('OUT','x')
FT=[np.load(f) for f in sorted(glob.glob(os.environ.get('FEATURES','feat')+'/*.npy'))]
def windows(frames,bands=128,step=4,db=False):
    out=[]
    for a in FT:
        if not db: a=(a+80)/120.
        if bands<128: a=a.reshape(bands,128//bands,-1).mean(1)
        for t in range(0,a.shape[1]-frames+1,step): out.append(a[:,t:t+frames].T)
    return np.asarray(out,np.float32)
def vib(n,l,c):
    r=np.random.default_rng(1); t=np.arange(l)/1000.
    return np.stack([np.stack([np.sin(2*np.pi*(24+k)*t+r.uniform(0,6))*.5+np.sin(2*np.pi*(97+9*k)*t+r.uniform(0,6))*.2+r.normal(0,.05,l) for k in range(c)],-1) for _ in range(n)]).astype(np.float32)
M={}
class Dcase(nn.Module):      # view(-1,640), eps 1e-3, two outputs
    def __init__(s,h=24):
        super().__init__(); d_=lambda a,b:[nn.Linear(a,b),nn.BatchNorm1d(b,momentum=.01,eps=1e-3),nn.ReLU()]
        s.cov=nn.Parameter(torch.zeros(64,64),requires_grad=False)
        s.encoder=nn.Sequential(*d_(640,h),*d_(h,h),*d_(h,h),*d_(h,8)); s.decoder=nn.Sequential(*d_(8,h),*d_(h,h),*d_(h,h),nn.Linear(h,640))
    def forward(s,x): z=s.encoder(x.view(-1,640)); return s.decoder(z),z
M['t01_dcase23_two_outputs']=(Dcase,lambda:windows(5,db=True).reshape(-1,640))
class CaeOP(nn.Module):      # conv k3 s2 p1, BN, LeakyReLU .2, tconv output_padding=1
    def __init__(s):
        super().__init__(); c=lambda a,b:[nn.Conv2d(a,b,3,2,1,bias=False),nn.BatchNorm2d(b),nn.LeakyReLU(.2,True)]; t=lambda a,b:[nn.ConvTranspose2d(a,b,3,2,1,output_padding=1),nn.BatchNorm2d(b),nn.LeakyReLU(.2,True)]
        s.e=nn.Sequential(*c(1,8),*c(8,16),*c(16,24)); s.d=nn.Sequential(*t(24,16),*t(16,8),nn.ConvTranspose2d(8,1,3,2,1,output_padding=1),nn.Sigmoid())
    def forward(s,x): return s.d(s.e(x))
M['t02_cae_op1_leaky_sigmoid']=(CaeOP,lambda:windows(32).transpose(0,2,1)[:,None])     # 1 x bands x frames, as librosa
class CaeFlat(nn.Module):    # k4 s2 p1, flatten, linear, unflatten, tanh
    def __init__(s):
        super().__init__(); s.e=nn.Sequential(nn.Conv2d(1,8,4,2,1),nn.BatchNorm2d(8),nn.ReLU(),nn.Conv2d(8,8,4,2,1),nn.BatchNorm2d(8),nn.ReLU(),nn.Flatten(),nn.Linear(8*32*8,4))
        s.d=nn.Sequential(nn.Linear(4,8*32*8),nn.ReLU(),nn.Unflatten(1,(8,32,8)),nn.ConvTranspose2d(8,8,4,2,1),nn.BatchNorm2d(8),nn.ReLU(),nn.ConvTranspose2d(8,1,4,2,1),nn.Tanh())
    def forward(s,x): return s.d(s.e(x))
M['t03_cae_k4_flatten_unflatten_tanh']=(CaeFlat,lambda:windows(32).transpose(0,2,1)[:,None]*2-1)
class UNet(nn.Module):       # double conv, maxpool, bilinear align_corners, F.pad by size difference, cat
    def __init__(s):
        super().__init__(); d=lambda a,b:nn.Sequential(nn.Conv2d(a,b,3,padding=1),nn.BatchNorm2d(b),nn.ReLU(True),nn.Conv2d(b,b,3,padding=1),nn.BatchNorm2d(b),nn.ReLU(True))
        s.a,s.b,s.c=d(1,8),d(8,16),d(16,16); s.p=nn.MaxPool2d(2); s.u=nn.Upsample(scale_factor=2,mode='bilinear',align_corners=True); s.t=nn.ConvTranspose2d(8,8,2,2); s.d1,s.d2=d(32,8),d(16,8); s.o=nn.Conv2d(8,1,1)
    def forward(s,x):
        a=s.a(x); b=s.b(s.p(a)); c=s.u(s.c(s.p(b))); dy,dx=b.size(2)-c.size(2),b.size(3)-c.size(3)
        c=F.pad(c,[dx//2,dx-dx//2,dy//2,dy-dy//2]); x=s.d1(torch.cat([b,c],1)); x=s.t(x); return s.o(s.d2(torch.cat([a,x],1)))
M['t04_unet_pad_cat_aligncorners']=(UNet,lambda:windows(32).transpose(0,2,1)[:,None])
class Interp(nn.Module):     # maxpool, F.interpolate(size=...) nearest, ELU, InstanceNorm
    def __init__(s):
        super().__init__(); s.c1=nn.Conv2d(1,8,3,padding=1); s.n1=nn.InstanceNorm2d(8,affine=True); s.c2=nn.Conv2d(8,8,3,padding=1); s.c3=nn.Conv2d(8,8,3,padding=1); s.c4=nn.Conv2d(8,1,3,padding=1)
    def forward(s,x):
        h=F.max_pool2d(F.elu(s.n1(s.c1(x))),2); h=F.avg_pool2d(F.silu(s.c2(h)),2); h=F.interpolate(F.gelu(s.c3(h)),scale_factor=2,mode='nearest'); return torch.sigmoid(s.c4(F.interpolate(h,size=x.shape[2:],mode='bilinear',align_corners=False)))
M['t05_interpolate_size_instnorm']=(Interp,lambda:windows(32).transpose(0,2,1)[:,None])
class C1(nn.Module):         # raw vibration, conv1d k7 s4 + tconv1d output_padding
    def __init__(s):
        super().__init__(); s.e=nn.Sequential(nn.Conv1d(3,16,7,2,3),nn.BatchNorm1d(16),nn.ReLU(),nn.Conv1d(16,8,7,2,3),nn.BatchNorm1d(8),nn.ReLU()); s.d=nn.Sequential(nn.ConvTranspose1d(8,16,7,2,3,output_padding=1),nn.BatchNorm1d(16),nn.ReLU(),nn.ConvTranspose1d(16,3,7,2,3,output_padding=1))
    def forward(s,x): return s.d(s.e(x))
M['t06_conv1d_vibration']=(C1,lambda:vib(300,256,3).transpose(0,2,1).copy())
class Lstm(nn.Module):
    def __init__(s):
        super().__init__(); s.e=nn.LSTM(8,16,2,batch_first=True); s.l=nn.Linear(16,4); s.u=nn.Linear(4,16); s.d=nn.LSTM(16,16,batch_first=True); s.o=nn.Linear(16,8)
    def forward(s,x):
        _,(h,_)=s.e(x); z=s.u(s.l(h[-1])).unsqueeze(1).repeat(1,x.size(1),1); y,_=s.d(z); return s.o(y)
M['t07_lstm_ae']=(Lstm,lambda:vib(300,16,8))
class Vae(nn.Module):        # returns recon, mu, logvar; randn_like
    def __init__(s):
        super().__init__(); s.e=nn.Sequential(nn.Linear(640,24),nn.ReLU(),nn.Linear(24,16),nn.Softplus()); s.m,s.v=nn.Linear(16,4),nn.Linear(16,4); s.d=nn.Sequential(nn.Linear(4,24),nn.ReLU(),nn.Linear(24,640),nn.Sigmoid())
    def forward(s,x): h=s.e(x); m,v=s.m(h),s.v(h); z=m+torch.exp(.5*v)*torch.randn_like(v); return s.d(z),m,v
M['t08_vae_randn_three_outputs']=(Vae,lambda:windows(5).reshape(-1,640))
class Tr(nn.Module):
    def __init__(s):
        super().__init__(); s.i=nn.Linear(128,32); s.pos=nn.Parameter(torch.randn(1,16,32)*.02); s.t=nn.TransformerEncoder(nn.TransformerEncoderLayer(32,2,64,batch_first=True,activation='gelu'),1,enable_nested_tensor=False); s.o=nn.Linear(32,128)
    def forward(s,x): return s.o(s.t(s.i(x)+s.pos))
M['t09_transformer']=(Tr,lambda:windows(16))
class Mfn(nn.Module):        # mobilefacenet-like: depthwise, PReLU, residual, GDConv, linear (outlier exposure)
    def __init__(s):
        super().__init__(); dw=lambda a,b,st:nn.Sequential(nn.Conv2d(a,2*a,1,bias=False),nn.BatchNorm2d(2*a),nn.PReLU(2*a),nn.Conv2d(2*a,2*a,3,st,1,groups=2*a,bias=False),nn.BatchNorm2d(2*a),nn.PReLU(2*a),nn.Conv2d(2*a,b,1,bias=False),nn.BatchNorm2d(b))
        s.c=nn.Sequential(nn.Conv2d(1,8,3,2,1,bias=False),nn.BatchNorm2d(8),nn.PReLU(8)); s.b1,s.b2,s.b3=dw(8,12,2),dw(12,12,1),dw(12,16,2); s.g=nn.Conv2d(16,16,(16,8),groups=16,bias=False); s.bn=nn.BatchNorm2d(16); s.o=nn.Linear(16,6)
    def forward(s,x): x=s.b1(s.c(x)); x=x+s.b2(x); f=s.bn(s.g(s.b3(x))).view(x.size(0),-1); return F.log_softmax(s.o(F.normalize(f)),1)
M['t10_mobilefacenet_prelu_normalize']=(Mfn,lambda:windows(64,step=16).transpose(0,2,1)[:,None])
class Pool(nn.Module):       # global average: mean([2,3]) and AdaptiveAvgPool, standardised input inside, hardswish, 3x3 valid, asymmetric kernel (3,5), dilation
    def __init__(s):
        super().__init__(); s.register_buffer('mu',torch.full((1,1,128,1),.36)); s.register_buffer('sd',torch.full((1,1,128,1),.09)); s.c1=nn.Conv2d(1,8,(3,5),(2,1),(1,2)); s.c2=nn.Conv2d(8,8,3,2,1,dilation=1); s.c3=nn.Conv2d(8,8,3,padding=2,dilation=2); s.l=nn.Linear(8,8); s.u=nn.Linear(8,8*8*4); s.t1=nn.ConvTranspose2d(8,8,(4,4),(4,4)); s.t2=nn.ConvTranspose2d(8,1,(6,4),(4,2),(1,1))
    def forward(s,x):
        x=(x-s.mu)/s.sd; h=F.relu6(s.c3(F.hardswish(s.c2(F.leaky_relu(s.c1(x))))).clamp(-3,3)); h=h.mean([2,3]); h=s.u(F.relu(s.l(h))).reshape(x.shape[0],8,8,4); return s.t2(F.relu(s.t1(h)))*s.sd+s.mu
M['t11_norm_inside_asym_dilated_mean']=(Pool,lambda:windows(32).transpose(0,2,1)[:,None])
class Idnn(nn.Module):       # takes 5 frames, drops the centre itself, gives the centre: slicing in the graph
    def __init__(s):
        super().__init__(); s.n=nn.Sequential(nn.Linear(512,32),nn.ReLU(),nn.Dropout(.2),nn.Linear(32,8),nn.ReLU(),nn.Linear(8,32),nn.ReLU(),nn.Linear(32,128))
    def forward(s,x): v=torch.cat([x[:,:2],x[:,3:]],1).flatten(1); return s.n(v)
M['t12_idnn_slice_cat']=(Idnn,lambda:windows(5))
class Gru(nn.Module):
    def __init__(s): super().__init__(); s.e=nn.GRU(8,12,batch_first=True,bidirectional=True); s.o=nn.Linear(24,8)
    def forward(s,x): return s.o(s.e(x)[0])
M['t13_bigru']=(Gru,lambda:vib(300,16,8))
class Ln(nn.Module):         # dense with LayerNorm, GELU, Tanh, residual, weight tied decoder
    def __init__(s): super().__init__(); s.a=nn.Linear(128,32); s.n=nn.LayerNorm(32); s.b=nn.Linear(32,8); s.c=nn.Linear(8,32)
    def forward(s,x): h=F.gelu(s.n(s.a(x))); h=h+s.c(torch.tanh(s.b(h))); return F.linear(h,s.a.weight.t())
M['t14_dense3d_layernorm_tied']=(Ln,lambda:windows(5))

class ReluBn(nn.Module):     # conv -> ReLU -> BN (the order of a public MIMII AE), op (1,0), gives (recon, latent)
    def __init__(s):
        super().__init__(); c=lambda a,b:[nn.Conv2d(a,b,3,2,1),nn.ReLU(),nn.BatchNorm2d(b)]; t=lambda a,b,op:[nn.ConvTranspose2d(a,b,3,2,1,output_padding=op),nn.ReLU(),nn.BatchNorm2d(b)]
        s.e=nn.Sequential(*c(1,8),*c(8,8),*c(8,16)); s.f=nn.Flatten(); s.a=nn.Linear(16*16*5,8); s.b=nn.Linear(8,16*16*5); s.u=nn.Unflatten(1,(16,16,5)); s.d=nn.Sequential(*t(16,8,1),*t(8,8,(1,0)),nn.ConvTranspose2d(8,1,3,2,1,output_padding=1),nn.Tanh())
    def forward(s,x): z=s.a(s.f(s.e(x))); return s.d(s.u(s.b(z))),z
M['t15_relu_before_bn_op10']=(ReluBn,lambda:(windows(38).transpose(0,2,1)[:,None]*2-1))
class Valid(nn.Module):      # VAE CNN of a DCASE variant: no padding, k5/k3 s2, 64x64, mean only
    def __init__(s):
        super().__init__(); s.c1=nn.Conv2d(1,8,5,2); s.c2=nn.Conv2d(8,8,5,2); s.c3=nn.Conv2d(8,16,3,2); s.z=nn.Conv2d(16,8,3); s.t0=nn.ConvTranspose2d(8,16,3); s.t1=nn.ConvTranspose2d(16,8,3,2); s.t2=nn.ConvTranspose2d(8,8,5,2); s.t3=nn.ConvTranspose2d(8,1,5,2,output_padding=1)
    def forward(s,x):
        h=F.relu(s.z(F.relu(s.c3(F.relu(s.c2(F.relu(s.c1(x)))))))); h=F.relu(s.t1(F.relu(s.t0(h)))); h=F.interpolate(F.relu(s.t2(h)),size=(30,30)); return torch.sigmoid(s.t3(h))
M['t16_valid_k5s2_no_padding']=(Valid,lambda:windows(64,64,step=8).transpose(0,2,1)[:,None])

def say(*a): print(*a,flush=True)
def train(m,x,name):
    o=torch.optim.Adam(m.parameters(),1e-3); m.train(); x=torch.from_numpy(np.ascontiguousarray(x)); first=last=None; ep=3 if x.dim()==4 else 6
    for e in range(ep):
        for j in torch.randperm(len(x)).split(32):
            if len(j)<2: continue
            b=x[j]; y=m(b); y=y[0] if isinstance(y,tuple) else y
            t=b
            if 't12' in name: t=b[:,2]
            if 't10' in name: l=F.nll_loss(y,j%6)
            else: l=F.mse_loss(y,t.reshape(y.shape))
            o.zero_grad(); l.backward(); o.step(); last=float(l.detach()); first=first if first is not None else last
    m.eval(); return first,last
if __name__=='__main__':
    import copy
    what=sys.argv[2] if len(sys.argv)>2 else 'onnx'
    for name in (M if sys.argv[1]=='all' else sys.argv[1].split(',')):
        b,data=M[name]; x=np.ascontiguousarray(data()); torch.manual_seed(7); m=b()
        pt=f'{O}/{name}.pth'
        if os.path.exists(pt): m.load_state_dict(torch.load(pt)); m.eval()
        else:
            r=train(m,x,name); torch.save(m.state_dict(),pt); say(name,'params',sum(p.numel() for p in m.parameters()),'loss',*r)
            np.save(f'{O}/{name}.x.npy',x[:64])
            with torch.no_grad(): y=m(torch.from_numpy(x[:64]))
            np.save(f'{O}/{name}.y.npy',(y[0] if isinstance(y,tuple) else y).numpy())
            torch.save(m,f'{O}/{name}.pt')
        ex=torch.from_numpy(x[:1]); ex2=torch.from_numpy(x[:2])
        if what=='onnx':
            for op in (11,13,17):
                for dyn in (False,True):
                    fn=f'{O}/{name}.leg{op}{"d" if dyn else ""}.onnx'
                    try: torch.onnx.export(m,(ex,),fn,opset_version=op,dynamo=False,input_names=['input'],dynamic_axes={'input':{0:'batch'}} if dyn else None)
                    except Exception as e: say(name,'legacy',op,dyn,'FAIL',type(e).__name__,str(e)[:200].replace('\n',' '))
            try: torch.jit.trace(m,ex,check_trace=False).save(f'{O}/{name}.ts.pt')
            except Exception as e: say(name,'trace FAIL',str(e)[:100])
            for op in (18,21,None):
                for dyn in (False,True):
                    if op==21 and dyn: continue
                    fn=f'{O}/{name}.dyn{op or "def"}{"d" if dyn else ""}.onnx'
                    try: torch.onnx.export(m,(ex2 if dyn else ex,),fn,dynamo=True,external_data=False,verbose=False,**({'opset_version':op} if op else {}),**({'dynamic_shapes':({0:torch.export.Dim('batch')},)} if dyn else {}))
                    except Exception as e: say(name,'dynamo',op,dyn,'FAIL',type(e).__name__,str(e)[:200].replace('\n',' '))
        else:
            import litert_torch
            try: litert_torch.convert(m,(ex,)).export(f'{O}/{name}.litert.tflite')
            except Exception as e: say(name,'litert FAIL',type(e).__name__,str(e)[:200].replace('\n',' '))
