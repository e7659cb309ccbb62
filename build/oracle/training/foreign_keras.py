"""Builds, trains and exports the Keras networks of training/foreign/testdata, and what Keras predicts.

Made with Keras 3.15, TensorFlow 2.21, tf2onnx 1.17. FEATURES names a folder of bands x frames in dB (.npy, as
auscult features writes them), OUT where to write:
    FEATURES=feat OUT=out python build/oracle/training/foreign_keras.py all
"""
import os,sys,traceback,json,shutil
os.environ['TF_CPP_MIN_LOG_LEVEL']='3'; os.environ['TF_ENABLE_ONEDNN_OPTS']='0'; os.environ['CUDA_VISIBLE_DEVICES']=''
import numpy as np, tensorflow as tf, glob
K=tf.keras; L=K.layers
tf.keras.utils.set_random_seed(7)
O=os.environ.get('OUT','x')
F=[np.load(f) for f in sorted(glob.glob(os.environ.get('FEATURES','feat')+'/*.npy'))]   # bands x frames dB
def windows(frames,bands=128,step=4):
    out=[]
    for a in F:
        a=(a+80)/120.
        if bands<128: a=a.reshape(bands,128//bands,-1).mean(1)
        for t in range(0,a.shape[1]-frames+1,step): out.append(a[:,t:t+frames].T)
    return np.asarray(out,np.float32)          # n x frames x bands
W={}
def add(name,build,data,target=None,epochs=6,loss='mse'): W[name]=(build,data,target,epochs,loss)

def dcase20():
    i=K.Input((640,)); x=i
    for n in (24,24,24,24,8,24,24,24,24):
        x=L.Dense(n)(x); x=L.BatchNormalization()(x); x=L.Activation('relu')(x)
    return K.Model(i,L.Dense(640)(x))
add('k01_dense_bn_dcase20',dcase20,lambda:windows(5,step=1).reshape(-1,640),epochs=40)
def mimii():
    i=K.Input((320,)); x=i
    for n in (32,32,8,32,32): x=L.Dense(n,activation='relu')(x)
    return K.Model(i,L.Dense(320)(x))
add('k02_dense_mimii64',mimii,lambda:windows(5,64,step=1).reshape(-1,320),epochs=25)
def cae_blog():
    i=K.Input((32,128,1)); x=i
    for n in (12,8): x=L.Conv2D(n,(3,3),activation='relu',padding='same')(x); x=L.BatchNormalization()(x); x=L.MaxPooling2D((2,2),padding='same')(x)
    for n in (8,12): x=L.Conv2D(n,(3,3),activation='relu',padding='same')(x); x=L.UpSampling2D((2,2))(x)
    return K.Model(i,L.Conv2D(1,(3,3),activation='sigmoid',padding='same')(x))
add('k03_cae_conv_relu_bn_pool_up',cae_blog,lambda:windows(32)[...,None],epochs=3)
def cae_leaky():
    i=K.Input((32,128,1)); x=i
    for n in (8,16): x=L.Conv2D(n,5,strides=2,padding='same')(x); x=L.BatchNormalization()(x); x=L.LeakyReLU(0.2)(x)
    x=L.Flatten()(x); z=L.Dense(8)(x); x=L.Dense(8*32*2)(z); x=L.Reshape((8,32,2))(x)
    for n in (16,8): x=L.Conv2DTranspose(n,5,strides=2,padding='same')(x); x=L.BatchNormalization()(x); x=L.LeakyReLU(0.2)(x)
    return K.Model(i,L.Conv2D(1,3,padding='same')(x))
add('k04_cae_leaky_flatten_dense_tconv',cae_leaky,lambda:windows(32)[...,None],epochs=3)
def unet():
    i=K.Input((32,128,1)); a=L.Conv2D(8,3,padding='same',activation='relu')(i); x=L.MaxPooling2D()(a)
    b=L.Conv2D(16,3,padding='same',activation='relu')(x); x=L.MaxPooling2D()(b); x=L.Conv2D(16,3,padding='same',activation='relu')(x)
    x=L.Conv2DTranspose(16,2,2,'same')(x); x=L.Concatenate()([x,b]); x=L.Conv2D(8,3,padding='same',activation='relu')(x)
    x=L.UpSampling2D(2,interpolation='bilinear')(x); x=L.Concatenate()([x,a]); return K.Model(i,L.Conv2D(1,1,activation='sigmoid')(x))
add('k05_unet_concat',unet,lambda:windows(32)[...,None],epochs=3)
def conv1d():
    i=K.Input((256,3)); x=L.Conv1D(32,7,padding='same',strides=2,activation='relu')(i); x=L.Dropout(.2)(x); x=L.Conv1D(16,7,padding='same',strides=2,activation='relu')(x)
    x=L.Conv1DTranspose(16,7,padding='same',strides=2,activation='relu')(x); x=L.Dropout(.2)(x); x=L.Conv1DTranspose(32,7,padding='same',strides=2,activation='relu')(x)
    return K.Model(i,L.Conv1DTranspose(3,7,padding='same')(x))
def vib(n,l,c):
    r=np.random.default_rng(1); t=np.arange(l)/1000.
    return np.stack([np.stack([np.sin(2*np.pi*(24+k)*t+r.uniform(0,6))*.5+np.sin(2*np.pi*(97+9*k)*t+r.uniform(0,6))*.2+r.normal(0,.05,l) for k in range(c)],-1) for _ in range(n)]).astype(np.float32)
add('k06_conv1d_ae_vibration',conv1d,lambda:vib(400,256,3))
def lstm(act):
    i=K.Input((16,8)); x=L.LSTM(24,activation=act,return_sequences=True)(i); x=L.LSTM(8,activation=act)(x); x=L.RepeatVector(16)(x)
    x=L.LSTM(8,activation=act,return_sequences=True)(x); x=L.LSTM(24,activation=act,return_sequences=True)(x); return K.Model(i,L.TimeDistributed(L.Dense(8))(x))
add('k07_lstm_ae_tanh',lambda:lstm('tanh'),lambda:vib(400,16,8))
add('k08_lstm_ae_relu',lambda:lstm('relu'),lambda:vib(400,16,8))
@K.utils.register_keras_serializable()
class Sampling(L.Layer):
    def __init__(self,**k): super().__init__(**k); self.g=K.random.SeedGenerator(3)
    def call(self,x):
        m,v=x; return m+tf.exp(.5*v)*K.random.normal(tf.shape(m),seed=self.g)
def vae():
    i=K.Input((32,128,1)); x=L.Conv2D(8,3,strides=2,padding='same',activation='relu')(i); x=L.Conv2D(8,3,strides=2,padding='same',activation='relu')(x); x=L.Flatten()(x); x=L.Dense(8,activation='relu')(x)
    m=L.Dense(4,name='z_mean')(x); v=L.Dense(4,name='z_log_var')(x); z=Sampling()([m,v])
    x=L.Dense(8*32*4,activation='relu')(z); x=L.Reshape((8,32,4))(x); x=L.Conv2DTranspose(8,3,strides=2,padding='same',activation='relu')(x); x=L.Conv2DTranspose(8,3,strides=2,padding='same',activation='relu')(x)
    return K.Model(i,L.Conv2DTranspose(1,3,padding='same',activation='sigmoid')(x))
add('k09_vae_sampling',vae,lambda:windows(32)[...,None],epochs=3)
def vae2():
    i=K.Input((5,128)); x=L.Flatten()(i); x=L.Dense(24,activation='relu')(x); m=L.Dense(4)(x); v=L.Dense(4)(x)
    z=L.Lambda(lambda a:a[0]+tf.exp(.5*a[1])*tf.random.normal(tf.shape(a[0])),output_shape=(4,))([m,v]); x=L.Dense(24,activation='relu')(z); return K.Model(i,L.Reshape((5,128))(L.Dense(640,activation='sigmoid')(x)))
add('k16_vae_tf_random',vae2,lambda:windows(5))
def td():
    i=K.Input((16,128)); x=L.TimeDistributed(L.Dense(32,activation='relu'))(i); x=L.TimeDistributed(L.BatchNormalization())(x); x=L.Dense(8,activation='relu')(x); return K.Model(i,L.Dense(128)(x))
add('k17_timedistributed_bn',td,lambda:windows(16),epochs=20)
def cae_uminho():  # valid 4x4 bottleneck, strides (1,2), kernels 5/3, Cropping
    i=K.Input((16,128,1)); x=i
    for n,st in ((8,(1,2)),(8,(2,2)),(16,(2,2)),(16,(1,4))): x=L.Conv2D(n,(5,5) if st==(1,2) else (3,3),strides=st,padding='same')(x); x=L.BatchNormalization()(x); x=L.Activation('relu')(x)
    x=L.Conv2D(8,(4,4),padding='valid')(x); x=L.Flatten()(x); x=L.Dense(4*4*16)(x); x=L.Reshape((4,4,16))(x)
    for n,st in ((16,(1,4)),(16,(2,2)),(8,(2,2))): x=L.Conv2DTranspose(n,(3,5),strides=st,padding='same')(x); x=L.BatchNormalization()(x); x=L.Activation('relu')(x)
    return K.Model(i,L.Conv2DTranspose(1,(5,5),strides=(1,2),padding='same')(x))
add('k18_cae_valid_bottleneck_strides12',cae_uminho,lambda:windows(16)[...,None],epochs=6)
def multi():   # IDNN/conditioned family: two inputs + two outputs
    i=K.Input((640,)); c=K.Input((3,)); x=L.Concatenate()([i,c]); x=L.Dense(16,activation='relu')(x); x=L.Concatenate()([x,c]); z=L.Dense(8,activation='relu',name='z')(x); return K.Model([i,c],[L.Dense(640)(z),z])
def mbv2():
    def b(x,o,s,e,first=False):
        c=x.shape[-1]; y=x
        if not first: y=L.Conv2D(c*e,1,use_bias=False)(y); y=L.BatchNormalization(epsilon=1e-3,momentum=.999)(y); y=L.ReLU(6.)(y)
        if s==2: y=L.ZeroPadding2D(((0,1),(0,1)))(y)
        y=L.DepthwiseConv2D(3,strides=s,padding='same' if s==1 else 'valid',use_bias=False)(y); y=L.BatchNormalization(epsilon=1e-3)(y); y=L.ReLU(6.)(y)
        y=L.Conv2D(o,1,use_bias=False)(y); y=L.BatchNormalization(epsilon=1e-3)(y)
        return L.Add()([x,y]) if s==1 and c==o else y
    i=K.Input((64,128,1)); x=L.Concatenate()([i,i,i]); x=L.Conv2D(8,3,strides=2,padding='same',use_bias=False)(x); x=L.BatchNormalization(epsilon=1e-3)(x); x=L.ReLU(6.)(x)
    x=b(x,8,1,1,True); x=b(x,12,2,4); x=b(x,12,1,4); x=b(x,16,2,4); x=b(x,16,1,4); x=L.Conv2D(64,1,use_bias=False)(x); x=L.BatchNormalization(epsilon=1e-3)(x); x=L.ReLU(6.)(x)
    x=L.GlobalAveragePooling2D()(x); return K.Model(i,L.Dense(6,activation='softmax')(x))
add('k10_mobilenetv2_oe',mbv2,lambda:windows(64,step=16)[...,None],target=lambda x:np.eye(6,dtype=np.float32)[np.arange(len(x))%6],epochs=2,loss='categorical_crossentropy')
def idnn():
    i=K.Input((512,)); x=i
    for n in (32,16,8,16,32): x=L.Dense(n,activation='relu')(x)
    return K.Model(i,L.Dense(128)(x))
def idd(): w=windows(5); return w[:,[0,1,3,4]].reshape(-1,512)
add('k11_idnn_interp',idnn,idd,target=lambda x:windows(5)[:,2],epochs=6)
def stdsc():
    n=L.Normalization(axis=-1); i=K.Input((5,128)); n.adapt(windows(5)); x=n(i); x=L.Flatten()(x); x=L.Dense(24)(x); x=L.PReLU()(x); x=L.Dense(8,activation='elu')(x); x=L.Dense(24,activation='swish')(x); x=L.Dense(640)(x); return K.Model(i,L.Reshape((5,128))(x))
add('k12_dense_normalization_prelu_elu_swish',stdsc,lambda:windows(5))
def tdense():
    i=K.Input((32,128)); x=L.Dense(32,activation='gelu')(i); a=L.MultiHeadAttention(2,16)(x,x); x=L.LayerNormalization()(L.Add()([x,a])); f=L.Dense(64,activation='gelu')(x); f=L.Dense(32)(f); x=L.LayerNormalization()(L.Add()([x,f])); return K.Model(i,L.Dense(128)(x))
add('k13_transformer',tdense,lambda:windows(32),epochs=3)
def gru():
    i=K.Input((16,8)); x=L.Bidirectional(L.GRU(12,return_sequences=True))(i); return K.Model(i,L.Dense(8)(x))
add('k14_bigru',gru,lambda:vib(400,16,8))
def sepd():  # keras anomaly: depthwise separable + valid pad + cropping
    i=K.Input((40,128,1)); x=L.SeparableConv2D(8,3,strides=2,padding='same',activation='relu')(i); x=L.Conv2D(8,3,padding='valid',activation='tanh')(x); x=L.Conv2DTranspose(8,3,padding='valid',activation='relu')(x); x=L.Conv2DTranspose(8,3,strides=2,padding='valid',activation='relu')(x); x=L.Cropping2D(((0,1),(0,1)))(x); return K.Model(i,L.Conv2D(1,3,padding='same')(x))
add('k15_separable_valid_crop',sepd,lambda:windows(40,step=8)[...,None],epochs=2)

def conv(name,m,x,kind,batch1):
    def cv():
        if batch1:
            i=K.Input(x.shape[1:],batch_size=1); return tf.lite.TFLiteConverter.from_keras_model(K.Model(i,m(i)))
        return tf.lite.TFLiteConverter.from_keras_model(m)
    c=cv()
    if kind!='float':
        c.optimizations=[tf.lite.Optimize.DEFAULT]
        if kind=='f16': c.target_spec.supported_types=[tf.float16]
        elif kind!='dyn':
            c.representative_dataset=lambda:([x[j:j+1]] for j in range(0,min(len(x),400),2))
            if kind in('int8io','uint8io'):
                c.target_spec.supported_ops=[tf.lite.OpsSet.TFLITE_BUILTINS_INT8]; c.inference_input_type=c.inference_output_type=tf.int8 if kind=='int8io' else tf.uint8
    if 'lstm' in name or 'gru' in name:
        if kind!='int8io': (not batch1) and setattr(c.target_spec,'supported_ops',[tf.lite.OpsSet.TFLITE_BUILTINS,tf.lite.OpsSet.SELECT_TF_OPS]); (not batch1) and setattr(c,'_experimental_lower_tensor_list_ops',False)
    return c.convert()
log=open(f'{O}/keras.log','a')
def say(*a): print(*a,flush=True); print(*a,file=log,flush=True)
for name in (sys.argv[1].split(',') if len(sys.argv)>1 and sys.argv[1]!='all' else W):
    build,data,target,epochs,loss=W[name]; x=data(); y=target(x) if target else x
    m=build(); m.compile('adam',loss); h=m.fit(x,y,epochs=epochs,batch_size=32,verbose=0)
    say(name,'params',m.count_params(),'loss',h.history['loss'][0],'->',h.history['loss'][-1])
    if name=='k09_vae_sampling': pass
    if os.path.exists(f'{O}/{name}.wt.weights.h5') and name not in('k01_dense_bn_dcase20','k02_dense_mimii64'): pass
    np.save(f'{O}/{name}.x.npy',x[:64]); np.save(f'{O}/{name}.y.npy',m(x[:64],training=False).numpy())
    for what,fn in [('saved',lambda:m.export(f'{O}/{name}.saved',verbose=False)),('keras',lambda:m.save(f'{O}/{name}.keras')),('h5',lambda:m.save(f'{O}/{name}.h5')),('weights',lambda:m.save_weights(f'{O}/{name}.weights.h5'))]:
        try: fn()
        except Exception as e: say(name,what,'FAIL',type(e).__name__,str(e)[:160].replace('\n',' '))
    def onnxkeras():
        m.export(f'{O}/{name}.keras.onnx',format='onnx',verbose=False)
    for kind in('float','f16','dyn','int8','int8io','uint8io'):
        for b1 in (False,True):
            if b1 and kind in('f16','dyn','uint8io'): continue
            fn=f'{O}/{name}.{kind}{".b1" if b1 else ""}.tflite'
            if os.environ.get('SKIPDONE') and os.path.exists(fn): continue
            try: open(fn,'wb').write(conv(name,m,x,kind,b1))
            except Exception as e: say(name,kind,b1,'FAIL',type(e).__name__,str(e)[-200:].replace('\n',' '))
